"""``checkedpool ps``: what the pools of a running program are doing."""
