"""Pictures into codes and back."""
