"""Probes of reports: what other tools wrote, and what the auditor runs itself when none can be trusted."""
