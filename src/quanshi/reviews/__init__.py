"""What buyers say of what they bought: reviews, additions, shops' replies, reports; reviews from elsewhere.

Owns: reviews_review, reviews_tally, reviews_report, reviews_decision.
Events in: none. Events out: ReviewWritten, ReviewExtended, ReviewAnswered, ReviewReported, ReviewHidden, ReviewShown.
"""
