"""Queries, decisions and the audit trail."""
