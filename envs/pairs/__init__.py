"""What the games of two agents with a picture each share: rules, exact values, scripted players, drawing, knowledge."""
