"""Run folders: written whole or not at all, read back, sealed."""
