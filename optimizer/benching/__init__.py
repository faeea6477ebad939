"""How fast the parts are, beside their competitors, on generated peak weeks."""
