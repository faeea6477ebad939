"""The commands, a file each; whatever is declared here with ``@command`` is found by itself."""
