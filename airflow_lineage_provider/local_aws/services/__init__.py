"""The simulated services, named as botocore names them."""
