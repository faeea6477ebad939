"""Every statement of an answer, held against its shipments."""
