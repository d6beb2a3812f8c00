"""What lies on a disk: complete or absent, with its checksum; tables that people write, downloads, archives."""
