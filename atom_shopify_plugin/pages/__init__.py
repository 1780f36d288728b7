"""How pages for people look: one frame and one style for the host's and the plugin's, without scripts."""
