"""A picture made of another one."""
