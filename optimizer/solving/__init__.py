"""Goals one after another, each with its proof."""
