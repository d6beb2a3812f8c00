"""Writes the JSON schema that editors complete and check config.yaml with."""

from pathlib import Path

from acenet.config.schema import schema_text
from acenet.files.atomic import replacing

if __name__ == "__main__":
    with replacing(Path(__file__).parents[2] / "schemas" / "config.schema.json") as temporary:
        temporary.write_text(schema_text(), encoding="utf-8")
