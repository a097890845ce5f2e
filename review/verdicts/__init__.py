"""From a score to a verdict and a route: ladder, routing, priority. Pure but for one loader."""
