"""Other servers under the examiner: how they are set up for it, examined, and told about."""
