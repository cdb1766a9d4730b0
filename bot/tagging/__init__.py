"""The entity tagger: a small convolutional network over a message's tokens, learnt from data/entities."""
