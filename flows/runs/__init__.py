"""Runs in Prefect: deployments and their forms, approval, events, automations, and pages of runs."""
