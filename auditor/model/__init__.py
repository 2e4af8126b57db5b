"""The nouns: frozen values without behaviour that looks or judges."""
