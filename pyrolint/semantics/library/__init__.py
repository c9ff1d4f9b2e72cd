"""What the calls of Pyro, torch, numpy, pandas, scikit-learn and Python itself do."""
