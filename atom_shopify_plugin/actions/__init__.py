"""Running an action: its input is checked, its document or function runs, and its effect is verified and audited."""
