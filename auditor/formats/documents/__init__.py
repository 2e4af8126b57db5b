"""Documents by structure: kinds, parts, topics, changelogs, licences, owners."""
