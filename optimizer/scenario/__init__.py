"""Around a scenario: stages, calendars, changed rows, writing, what is bundled."""
