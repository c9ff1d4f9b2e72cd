import multiprocessing

from steps import step

worker = multiprocessing.get_context("fork").Process(target=step)
worker.start()
worker.join()
