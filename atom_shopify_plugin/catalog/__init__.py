"""What the manifests declare: actions, triggers and chat commands, read once into frozen values."""
