"""The landed delivery: typed tables, receipt and intake report."""
