DROP TRIGGER reviews_decision_kept ON reviews_decision;
DROP TRIGGER reviews_review_unchanged ON reviews_review;
DROP TRIGGER reviews_review_kept ON reviews_review;
DROP FUNCTION reviews_refuse_change();
DROP FUNCTION reviews_refuse_removal();
