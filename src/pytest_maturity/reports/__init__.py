"""One file for each format of a report, the terminal's table and messages, and the checks of a report read back."""
