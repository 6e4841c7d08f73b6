"""Other plugins of pytest, installed and active beside this one."""
