"""gunicorn behind inkout: inkout run -- gunicorn --config gunicorn.conf.py app:app

Both logs and everything that is printed go to standard output and standard error, where inkout has them. A log file or
syslog of gunicorn's own would go past it.
"""

accesslog = "-"
errorlog = "-"
capture_output = False  # it already stands on our standard output; with a file it would go there
disable_redirect_access_to_syslog = True
logconfig = None

# Lines over 4096 bytes that several workers write at once may be cut into each other by the system. Threads of one
# worker write one after the other.
workers = 1
threads = 8
