"""What belongs to runs in Prefect: deployments and their forms, approval, events, automations, pages of runs."""
