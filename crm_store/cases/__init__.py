"""Cases: returns, exchanges, complaints, repairs and other matters."""
