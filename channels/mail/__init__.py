"""Mails leave here: by SMTP, or, in the demonstration, to a page of their own."""
