"""Judging: pure, total, without a clock. Evidence and a checklist in; verdicts and scores out."""
