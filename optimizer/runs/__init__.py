"""Run folders: written whole or not at all, sealed, and read back."""
