"""The one shared record: models, queries and use cases, a sub-package per noun. `db.transaction` is the only place that commits."""
