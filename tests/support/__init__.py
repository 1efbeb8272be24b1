"""What tests share: an oracle of the policy and of cost, worlds to judge, stand-ins for clouds, files and servers.

Nothing outside the tests imports this package; it imports whatever a test may import.
"""
