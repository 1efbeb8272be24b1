"""The contract that each cloud adapter is tested against, orders for it, and programs that run against an adapter."""
