"""What the scenario says of each line, shipment, commitment and transfer."""
