"""Alert rules, expositions, dashboards, log shipping, PromQL."""
