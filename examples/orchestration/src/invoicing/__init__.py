"""Invoices from the order system's CSV export."""
