-- Whether a job queue is there that we did not make.
SELECT to_regclass('procrastinate_jobs') IS NOT NULL
