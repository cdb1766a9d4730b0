"""Raw updates of a channel, stored before the channel is told so."""
