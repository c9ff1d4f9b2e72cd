"""The built-in rules: one file a rule, in folders by family; simply the first plugin."""
