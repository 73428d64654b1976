"""Spam or not: raw messages in, probabilities and the words that decided out."""
