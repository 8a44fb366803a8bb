"""The rehearsal: a return rebuilt from real published tables, and the comparison of its candidate with them.

Belongs here: reading published results, solving them for whole counts, writing the return, comparing files. Does not
belong here: loading (the rehearsal goes through the same load as every year) and statistics.
"""
