print("nothing to infer")
