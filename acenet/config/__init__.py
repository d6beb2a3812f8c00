"""The configuration, defined once: typed sections, the checks of a file, and the JSON schema for editors.

`schema` says what each key may hold and what it is for; `check` turns mistakes into words; config.yaml gives every
key a value. `python -m acenet.config` writes schemas/config.schema.json anew after a change of `schema`.
"""

from acenet.config.check import configuration_problems, message
from acenet.config.schema import Configuration

__all__ = ["Configuration", "configuration_problems", "message"]
