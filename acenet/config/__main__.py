"""Writes the JSON schema that editors complete and check config.yaml with."""

from pathlib import Path

from acenet.config.schema import schema_text
from acenet.files.atomic import write_text

if __name__ == "__main__":
    write_text(Path(__file__).parents[2] / "schemas" / "config.schema.json", schema_text())
