"""The page of a source: its keys, how it answers each kind of client, and the lines that connect one."""
