"""The intermediate representation: a traced graph in columns, its guards, the update, the job."""
