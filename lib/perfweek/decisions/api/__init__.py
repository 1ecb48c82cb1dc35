"""The interface as its OpenAPI document declares it, checked against design principles and joined with the traffic it gets."""
