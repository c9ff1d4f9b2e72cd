import numpy as np

held = np.empty(8 << 30, dtype=np.uint8)
