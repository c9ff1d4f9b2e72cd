import torch

held = torch.ones(1 << 42)
