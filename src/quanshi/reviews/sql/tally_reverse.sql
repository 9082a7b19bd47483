DROP TRIGGER reviews_review_counted ON reviews_review;
DROP FUNCTION reviews_count_stars();
