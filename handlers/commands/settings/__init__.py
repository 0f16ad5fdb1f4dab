"""/settings: what a home chose. A file for each concern, a Setter for each setting, one `table`."""
